{{- define "azure-batch-operator.volumes" -}}
{{- $azure := include "azure-batch-operator.azure" . | fromYaml }}
{{- if eq $azure.signIn "ClientCertificate" }}
- name: certificate
  secret:
    secretName: {{ $azure.existingSecret }}
    items: [{key: AZURE_CLIENT_CERTIFICATE, path: AZURE_CLIENT_CERTIFICATE}]
{{- end }}
{{- if include "azure-batch-operator.projectsToken" . }}
- name: azure-identity-token
  projected:
    sources:
      - serviceAccountToken: {audience: api://AzureADTokenExchange, expirationSeconds: 3600, path: azure-identity-token}
{{- end }}
{{- with $azure.certificateAuthorities }}
{{- if .configMap }}
- name: authorities
  configMap:
    name: {{ .configMap }}
    items: [{key: {{ .key }}, path: ca.pem}]
{{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "azure-batch-operator.volumeMounts" -}}
{{- $azure := include "azure-batch-operator.azure" . | fromYaml }}
{{- if eq $azure.signIn "ClientCertificate" }}
- {name: certificate, mountPath: /etc/azure-batch-operator/certificate, readOnly: true}
{{- end }}
{{- if include "azure-batch-operator.projectsToken" . }}
- {name: azure-identity-token, mountPath: /var/run/secrets/azure/tokens, readOnly: true}
{{- end }}
{{- if $azure.certificateAuthorities.configMap }}
- {name: authorities, mountPath: /etc/azure-batch-operator/authorities, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}
