"""A real kube-apiserver with etcd on a bare machine, built from pinned Go modules and gone when its starter is gone."""
