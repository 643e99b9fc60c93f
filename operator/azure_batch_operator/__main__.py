"""`python -m azure_batch_operator` is the same as `azure-batch-operator`."""

from azure_batch_operator.cli import main

if __name__ == "__main__":
    main()
