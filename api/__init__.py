"""接口 (api): JSON for apps, pages and official-account pages. Owns no table. Not: rules."""
