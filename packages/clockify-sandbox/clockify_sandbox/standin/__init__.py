"""What every stand-in for a service has: a port, a log of its requests, faults on request."""
