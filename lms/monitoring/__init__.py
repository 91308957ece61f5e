"""How the system does: for the operator's page, for Prometheus and for load balancers."""
