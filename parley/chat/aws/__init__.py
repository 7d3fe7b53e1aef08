"""Every port of ``parley.chat.ports`` on AWS, which means on DynamoDB."""
