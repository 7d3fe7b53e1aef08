"""Every port of ``parley.chat.ports`` on AWS: DynamoDB, API Gateway's connections, SNS mobile push."""
