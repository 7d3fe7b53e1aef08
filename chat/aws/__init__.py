"""Every port of ``chat.ports`` on AWS: DynamoDB, API Gateway's connections, SNS mobile push."""
