"""The ports of media on AWS: DynamoDB for what is known about them, S3 for the bytes, and CloudFront for the links."""
