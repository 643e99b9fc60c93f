{{/* The operator's environment: what its settings are called is told in docs/settings.md. */}}
{{- define "azure-batch-operator.environment" -}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- include "azure-batch-operator.identity" . }}
{{- include "azure-batch-operator.cloud" . }}
{{- with .Values.operator }}
{{- with .id }}
{{- include "azure-batch-operator.setting" (list "OPERATOR_ID" .) }}
{{- end }}
{{- with .formerIds }}
{{- include "azure-batch-operator.setting" (list "FORMER_OPERATOR_IDS" (join "," .)) }}
{{- end }}
{{- with .watchAccounts }}
{{- include "azure-batch-operator.setting" (list "WATCH_ACCOUNTS" (join "," .)) }}
{{- end }}
{{- include "azure-batch-operator.setting" (list "NODES_PER_REPLICA" .nodesPerReplica) }}
{{- include "azure-batch-operator.setting" (list "WORKERS" .workers) }}
{{- include "azure-batch-operator.setting" (list "RESYNC_INTERVAL" .resyncInterval) }}
{{- include "azure-batch-operator.setting" (list "MOVING_INTERVAL" .movingInterval) }}
{{- include "azure-batch-operator.setting" (list "SWEEP_INTERVAL" .sweepInterval) }}
{{- include "azure-batch-operator.setting" (list "RETRY_BASE" .retryBase) }}
{{- include "azure-batch-operator.setting" (list "RETRY_CAP" .retryCap) }}
{{- include "azure-batch-operator.setting" (list "RIGHTS_GRACE" .rightsGrace) }}
{{- include "azure-batch-operator.setting" (list "REQUEST_TIMEOUT" .requestTimeout) }}
{{- end }}
{{- with .Values.namespaces }}
{{- include "azure-batch-operator.setting" (list "NAMESPACES" (join "," .)) }}
{{- end }}
{{- $own := printf "%s/%s" .Release.Namespace (include "azure-batch-operator.fullname" .) }}
{{- include "azure-batch-operator.setting" (list "RECORD_KEY_SECRET" (printf "%s-record-key" $own)) }}
{{- with .Values.leaderElection }}
{{- include "azure-batch-operator.setting" (list "LEADER_ELECTION" .enabled) }}
{{- include "azure-batch-operator.setting" (list "LEASE" $own) }}
{{- include "azure-batch-operator.setting" (list "LEASE_DURATION" .leaseDuration) }}
{{- include "azure-batch-operator.setting" (list "LEASE_RENEW_DEADLINE" .renewDeadline) }}
{{- include "azure-batch-operator.setting" (list "LEASE_RETRY_PERIOD" .retryPeriod) }}
{{- end }}
{{- include "azure-batch-operator.setting" (list "HTTP_HOST" "0.0.0.0") }}
{{- include "azure-batch-operator.setting" (list "HTTP_PORT" 8080) }}
{{- include "azure-batch-operator.setting" (list "LOG_FORMAT" .Values.log.format) }}
{{- include "azure-batch-operator.setting" (list "LOG_LEVEL" .Values.log.level) }}
{{- end -}}

{{/* One setting, by its name without the prefix. */}}
{{- define "azure-batch-operator.setting" }}
- name: AZURE_BATCH_OPERATOR_{{ index . 0 }}
  value: {{ index . 1 | toString | quote }}
{{- end }}

{{/* Who signs in, and how. */}}
{{- define "azure-batch-operator.identity" }}
{{- $azure := include "azure-batch-operator.azure" . | fromYaml }}
{{- include "azure-batch-operator.setting" (list "SIGN_IN" $azure.signIn) }}
{{- include "azure-batch-operator.id" (list $azure "AZURE_TENANT_ID" $azure.tenantId) }}
{{- include "azure-batch-operator.id" (list $azure "AZURE_CLIENT_ID" $azure.clientId) }}
{{- if eq $azure.signIn "ClientSecret" }}
{{- include "azure-batch-operator.fromSecret" (list $azure.existingSecret "AZURE_CLIENT_SECRET" false) }}
{{- end }}
{{- if eq $azure.signIn "ClientCertificate" }}
- name: AZURE_CLIENT_CERTIFICATE_PATH
  value: /etc/azure-batch-operator/certificate/AZURE_CLIENT_CERTIFICATE
{{- include "azure-batch-operator.fromSecret" (list $azure.existingSecret "AZURE_CLIENT_CERTIFICATE_PASSWORD" true) }}
{{- end }}
{{- if include "azure-batch-operator.projectsToken" . }}
- name: AZURE_FEDERATED_TOKEN_FILE
  value: /var/run/secrets/azure/tokens/azure-identity-token
{{- end }}
{{- with $azure.subscriptionId }}
- name: AZURE_SUBSCRIPTION_ID
  value: {{ . | quote }}
{{- end }}
{{- end }}

{{/* Where Azure is. */}}
{{- define "azure-batch-operator.cloud" }}
{{- $azure := include "azure-batch-operator.azure" . | fromYaml }}
{{- include "azure-batch-operator.setting" (list "CLOUD" $azure.cloud) }}
{{- with $azure.endpoints }}
{{- with .authority }}
- name: AZURE_AUTHORITY_HOST
  value: {{ . | quote }}
{{- end }}
{{- with .resourceManager }}
{{- include "azure-batch-operator.setting" (list "RESOURCE_MANAGER_ENDPOINT" .) }}
{{- end }}
{{- with .resourceManagerAudience }}
{{- include "azure-batch-operator.setting" (list "RESOURCE_MANAGER_AUDIENCE" .) }}
{{- end }}
{{- with .batchAudience }}
{{- include "azure-batch-operator.setting" (list "BATCH_AUDIENCE" .) }}
{{- end }}
{{- with .tokenHosts }}
{{- include "azure-batch-operator.setting" (list "TOKEN_HOSTS" (join "," .)) }}
{{- end }}
{{- end }}
{{- if $azure.certificateAuthorities.configMap }}
{{- include "azure-batch-operator.setting" (list "CA_FILE" "/etc/azure-batch-operator/authorities/ca.pem") }}
{{- end }}
{{- end }}

{{/* An id that a value says, or else the Secret. */}}
{{- define "azure-batch-operator.id" }}
{{- $azure := index . 0 }}
{{- $name := index . 1 }}
{{- $value := index . 2 }}
{{- if $value }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- else if $azure.existingSecret }}
{{- include "azure-batch-operator.fromSecret" (list $azure.existingSecret $name false) }}
{{- end }}
{{- end }}

{{- define "azure-batch-operator.fromSecret" }}
- name: {{ index . 1 }}
  valueFrom: {secretKeyRef: {name: {{ index . 0 }}, key: {{ index . 1 }}{{ if index . 2 }}, optional: true{{ end }}}}
{{- end }}

{{- define "azure-batch-operator.projectsToken" }}
{{- $azure := include "azure-batch-operator.azure" . | fromYaml }}
{{- if $azure.projectToken }}true{{ end }}
{{- end }}
