"""What stands behind the queue port."""
