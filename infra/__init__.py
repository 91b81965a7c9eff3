"""What an operator needs around the program: releases, costs, and as files AWS, proxies and dashboards."""
