"""The recording station: composes drivers, biometrics and selftest into a product."""
