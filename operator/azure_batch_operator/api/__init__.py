"""The two custom resources as typed models: the source of the CRDs and the door through which objects come in."""
