"""示例数据 (demo): a small district for newcomers, built through the services. Owns nothing."""
