"""Reading web pages and searching for them, under the outbound policy of security.urls.

What comes from outside is marked as such. Refuses internal addresses that PIPELINE_ALLOWED_HOSTS does not open.
"""
