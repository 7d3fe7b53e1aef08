"""Analytics on AWS: changes from the tables' streams, keys in the Directory table, events to Firehose."""
