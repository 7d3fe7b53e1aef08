"""The ports of media on AWS: DynamoDB for what is known of them, S3 for the bytes, CloudFront for the links."""
