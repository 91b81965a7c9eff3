"""The object store: S3 through boto3, whoever serves it. Whoever does not talk to it imports no client."""
