{{/* The pod of a job on all stores: `dict "root" $ "name" "migrate" "args" (list …) "env" "…"`. */}}
{{- define "boxoffice.job" -}}
{{- $values := .root.Values -}}
metadata:
  labels:
    {{- include "boxoffice.podLabels" (dict "root" .root "name" .name "image" $values.image) | nindent 4 }}
    # It talks to stores alone, which are outside of the mesh.
    sidecar.istio.io/inject: "false"
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with include "boxoffice.pullSecrets" .root }}{{ . | nindent 2 }}{{ end }}
  securityContext: {{- include "boxoffice.podSecurity" . | nindent 4 }}
  containers:
    - name: boxoffice
      image: {{ include "boxoffice.image" (dict "root" .root "image" $values.image) | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args: {{ toJson .args }}
      env:
        - {name: BOXOFFICE_LOG_FORMAT, value: json}
        {{- .env | trim | nindent 8 }}
        {{- with $values.extraEnv }}{{ toYaml . | nindent 8 }}{{ end }}
      terminationMessagePolicy: FallbackToLogsOnError
      resources: {{- toYaml $values.resources | nindent 8 }}
      securityContext: {{- include "boxoffice.containerSecurity" . | nindent 8 }}
      {{- with $values.extraVolumeMounts }}
      volumeMounts: {{- toYaml . | nindent 8 }}
      {{- end }}
  {{- with $values.extraVolumes }}
  volumes: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
