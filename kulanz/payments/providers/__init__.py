"""Payment providers: one port (`port`), an adapter for each (`stripe`, `paypal`, `mollie`), and who uses which (`config`)."""

from kulanz.payments.providers.config import Endpoint, endpoint_of, endpoints, provider_of

__all__ = ["Endpoint", "endpoint_of", "endpoints", "provider_of"]
