"""What an installation costs a month on AWS, from what people send: docs/cost.md."""
