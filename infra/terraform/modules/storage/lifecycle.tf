# Nothing here ends an original: that is the deletion clock's. What it cannot see is cleared: parts of uploads that never
# ended, and delete markers with nothing behind them.

resource "aws_s3_bucket_lifecycle_configuration" "originals" {
  bucket = aws_s3_bucket.this["originals"].id

  rule {
    id     = "left-over-parts"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  rule {
    id     = "seldom-read"
    status = "Enabled"
    filter {}

    transition {
      days          = var.infrequent_days
      storage_class = "STANDARD_IA"
    }
  }

  depends_on = [aws_s3_bucket_versioning.locked]
}

resource "aws_s3_bucket_lifecycle_configuration" "derivatives" {
  bucket = aws_s3_bucket.this["derivatives"].id

  rule {
    id     = "left-over-parts"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "exports" {
  bucket = aws_s3_bucket.this["exports"].id

  rule {
    id     = "fetched-or-made-anew"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }

    expiration {
      days = var.export_days
    }
  }
}
