"""What tests share: servers, builders of newsletters and mails, and readers of outputs."""
