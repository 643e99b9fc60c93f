{{/* What values must say together: a schema would refuse the defaults, and in worse words. */}}
{{- define "azure-batch-operator.demands" -}}
{{- $azure := include "azure-batch-operator.azure" . | fromYaml -}}
{{- $secretive := has $azure.signIn (list "ClientSecret" "ClientCertificate") -}}
{{- if and $secretive (not $azure.existingSecret) -}}
{{- fail (printf "azure.existingSecret is not set: azure.signIn %s needs a Secret with the proof in it" $azure.signIn) -}}
{{- end -}}
{{- if and $azure.existingSecret (not $secretive) -}}
{{- fail (printf "azure.existingSecret is set, but azure.signIn %s uses none: set azure.signIn to ClientSecret or ClientCertificate" $azure.signIn) -}}
{{- end -}}
{{- if eq $azure.signIn "WorkloadIdentity" -}}
{{- if not (and $azure.tenantId $azure.clientId) -}}
{{- fail "azure.tenantId and azure.clientId are not set: WorkloadIdentity needs the tenant and the client id of the operator's application" -}}
{{- end -}}
{{- end -}}
{{- with .Values.leaderElection -}}
{{- if or (gt (mulf .renewDeadline 1.25) (float64 .leaseDuration)) (gt (mulf .retryPeriod 1.25) (float64 .renewDeadline)) -}}
{{- fail "leaderElection: leaseDuration must be at least 1.25 times as long as renewDeadline, and that 1.25 times as long as retryPeriod" -}}
{{- end -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.leaderElection.enabled) -}}
{{- fail "leaderElection.enabled is false: several operators would work against each other; set replicas to 1" -}}
{{- end -}}
{{- end -}}
