"""Programs of others that live lessons are given with (外部程序)."""
