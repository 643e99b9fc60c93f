{{- define "azure-batch-operator.simulatorName" -}}
{{ include "azure-batch-operator.fullname" . }}-simulator
{{- end -}}

{{- define "azure-batch-operator.simulatorHost" -}}
{{ include "azure-batch-operator.simulatorName" . }}.{{ .Release.Namespace }}.svc
{{- end -}}

{{- define "azure-batch-operator.simulatorSelector" -}}
app.kubernetes.io/name: {{ include "azure-batch-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: simulator
{{- end -}}

{{/* Resource Manager, Entra ID and the control API at the first port, a Batch account at each of the others. */}}
{{- define "azure-batch-operator.simulatorPorts" -}}
[8443, 8444, 8445, 8446, 8447, 8448, 8449, 8450]
{{- end -}}

{{/* The values of azure as the operator has them: those that were given, or those that lead to the simulator. */}}
{{- define "azure-batch-operator.azure" -}}
{{- if .Values.simulator.enabled -}}
{{- $host := include "azure-batch-operator.simulatorHost" . -}}
{{- $ports := include "azure-batch-operator.simulatorPorts" . | fromYamlArray -}}
cloud: AzureCloud
signIn: ClientSecret
tenantId: 72f988bf-0000-4000-8000-000000000001
clientId: 11111111-1111-4111-8111-111111111111
subscriptionId: 00000000-0000-0000-0000-000000000000
existingSecret: {{ include "azure-batch-operator.simulatorName" . }}
projectToken: false
endpoints:
  authority: https://{{ $host }}:{{ first $ports }}
  resourceManager: https://{{ $host }}:{{ first $ports }}
  resourceManagerAudience: ""
  batchAudience: ""
  tokenHosts:
    {{- range rest $ports }}
    - {{ $host }}:{{ . }}
    {{- end }}
certificateAuthorities: {configMap: {{ include "azure-batch-operator.simulatorName" . }}, key: ca.crt}
{{- else -}}
{{ toYaml .Values.azure }}
{{- end -}}
{{- end -}}
