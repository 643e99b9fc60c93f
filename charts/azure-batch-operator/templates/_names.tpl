{{- define "azure-batch-operator.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "azure-batch-operator.fullname" -}}
{{- $name := include "azure-batch-operator.name" . -}}
{{- $long := printf "%s-%s" .Release.Name $name -}}
{{- .Values.fullnameOverride | default (contains $name .Release.Name | ternary .Release.Name $long) | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* By what the pods of the operator are found: never changed, because a Deployment's selector cannot be. */}}
{{- define "azure-batch-operator.selector" -}}
app.kubernetes.io/name: {{ include "azure-batch-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{/* Without the chart's version, so that a new chart alone restarts nothing. */}}
{{- define "azure-batch-operator.podLabels" -}}
app.kubernetes.io/name: {{ include "azure-batch-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "azure-batch-operator.labels" -}}
{{ include "azure-batch-operator.podLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "azure-batch-operator.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "azure-batch-operator.fullname" .) "default") -}}
{{- end -}}

{{- define "azure-batch-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ include "azure-batch-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{- define "azure-batch-operator.image" -}}
{{- $image := .Values.image -}}
{{- $name := empty $image.registry | ternary $image.repository (printf "%s/%s" $image.registry $image.repository) -}}
{{- empty $image.digest | ternary (printf "%s:%s" $name ($image.tag | default .Chart.AppVersion)) (printf "%s@%s" $name $image.digest) -}}
{{- end -}}
