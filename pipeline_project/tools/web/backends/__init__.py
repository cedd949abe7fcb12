"""Who answers WebSearch: SearXNG, Brave, Tavily, or an index of a local folder."""
