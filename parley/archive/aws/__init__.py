"""The archive's ports on DynamoDB and S3."""
