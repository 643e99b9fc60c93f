{{- define "azure-batch-operator.rules" -}}
- apiGroups: [azurebatch.io]
  resources: [galleryimages, batchpools]
  verbs: [get, list, watch, patch] # patch: metadata.finalizers; it never writes a spec
- apiGroups: [azurebatch.io]
  resources: [galleryimages/status, batchpools/status]
  verbs: [patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- if .Values.rbac.readSecrets }}
# In every namespace, because a resource there may name a Secret of it (credentialsSecretRef, ...SecretRef). Never list or
# watch: only a Secret that a resource of its own namespace names is read.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
{{- end }}
{{- end -}}
