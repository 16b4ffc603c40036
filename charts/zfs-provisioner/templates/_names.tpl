{{- define "zfs-provisioner.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "zfs-provisioner.fullname" -}}
{{- $name := include "zfs-provisioner.name" . -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "zfs-provisioner.selectorLabels" -}}
app.kubernetes.io/name: {{ include "zfs-provisioner.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "zfs-provisioner.labels" -}}
{{ include "zfs-provisioner.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "zfs-provisioner.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "zfs-provisioner.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "zfs-provisioner.sshSecretName" -}}
{{- default (printf "%s-ssh" (include "zfs-provisioner.fullname" .)) .Values.ssh.externalSecretName }}
{{- end }}

{{- define "zfs-provisioner.image" -}}
{{- $name := printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- if .Values.image.registry }}{{ .Values.image.registry }}/{{ end }}{{ $name }}
{{- end }}

{{- /* Settings that have a value of their own in the chart; env may repeat them, not contradict them. */ -}}
{{- define "zfs-provisioner.ownSettings" -}}
ZFS_PROVISIONER_INSTANCE: {{ .Values.provisioner.instance | quote }}
ZFS_SSH_MOUNT_PATH: {{ .Values.ssh.mountPath | quote }}
ZFS_METRICS_PORT: {{ .Values.metrics.port | int | toString | quote }}
{{- if .Values.hosts }}
ZFS_HOSTS_FILE: {{ include "zfs-provisioner.hostsFolder" . }}/hosts.yaml
{{- end }}
{{- end }}

{{- define "zfs-provisioner.hostsFolder" -}}
/etc/zfs-provisioner/hosts
{{- end }}

{{- /* All settings as one map; what holds in the Deployment is decided here alone. */ -}}
{{- define "zfs-provisioner.settings" -}}
{{- $own := include "zfs-provisioner.ownSettings" . | fromYaml }}
{{- $instead := dict "ZFS_PROVISIONER_INSTANCE" "provisioner.instance" "ZFS_SSH_MOUNT_PATH" "ssh.mountPath" "ZFS_METRICS_PORT" "metrics.port" "ZFS_HOSTS_FILE" "hosts" }}
{{- range $name, $value := .Values.env }}
{{- if and (hasKey $own $name) (ne (toString $value) (get $own $name)) }}
{{- fail (printf "env.%s is %v: set %s instead" $name $value (get $instead $name)) }}
{{- end }}
{{- end }}
{{- range $name, $value := merge $own .Values.env }}
- name: {{ $name }}
  value: {{ toString $value | quote }}
{{- end }}
{{- end }}
