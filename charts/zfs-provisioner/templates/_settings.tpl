{{- /* Settings that have a value of their own in the chart; env may repeat them, not contradict them. */ -}}
{{- define "zfs-provisioner.ownSettings" -}}
ZFS_PROVISIONER_INSTANCE: {{ .Values.provisioner.instance | quote }}
ZFS_SSH_MOUNT_PATH: {{ .Values.ssh.mountPath | quote }}
ZFS_METRICS_PORT: {{ .Values.metrics.port | int | toString | quote }}
{{- if .Values.hosts }}
ZFS_HOSTS_FILE: {{ include "zfs-provisioner.hostsFolder" . }}/hosts.yaml
{{- end }}
{{- with .Values.console }}
{{- if .enabled }}
ZFS_CONSOLE_PORT: {{ .port | int | toString | quote }}
ZFS_CONSOLE_AUTH: {{ .auth | quote }}
{{- with .hiddenNamespaces }}
ZFS_CONSOLE_HIDDEN_NAMESPACES: {{ join "," . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Which value says what a setting would say. */ -}}
{{- define "zfs-provisioner.valueOfSetting" -}}
ZFS_PROVISIONER_INSTANCE: provisioner.instance
ZFS_SSH_MOUNT_PATH: ssh.mountPath
ZFS_METRICS_PORT: metrics.port
ZFS_HOSTS_FILE: hosts
ZFS_CONSOLE_PORT: console.port
ZFS_CONSOLE_AUTH: console.auth
ZFS_CONSOLE_HIDDEN_NAMESPACES: console.hiddenNamespaces
{{- end }}

{{- /* Settings that come from Secrets: which Secret, and which value says so. */ -}}
{{- define "zfs-provisioner.secretSettings" -}}
{{- with .Values.ssh.passphraseSecret }}
{{- if .name }}
ZFS_SSH_KEY_PASSPHRASE: { name: {{ .name | quote }}, key: {{ .key | quote }}, value: ssh.passphraseSecret }
{{- end }}
{{- end }}
{{- with .Values.console }}
{{- if and .enabled (eq .auth "token") .existingSecret.name }}
ZFS_CONSOLE_TOKEN: { name: {{ .existingSecret.name | quote }}, key: {{ .existingSecret.key | quote }}, value: console.existingSecret }
{{- end }}
{{- end }}
{{- end }}

{{- /* The whole environment of the container. */ -}}
{{- define "zfs-provisioner.environment" -}}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- range $name, $secret := include "zfs-provisioner.secretSettings" . | fromYaml }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret.name }}
      key: {{ $secret.key }}
{{- end }}
{{- range $name, $value := merge (include "zfs-provisioner.ownSettings" . | fromYaml) .Values.env }}
- name: {{ $name }}
  value: {{ include "zfs-provisioner.text" $value | quote }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
