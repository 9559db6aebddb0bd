"""The station's devices as an SBI service, for other registration clients on the same machine."""
