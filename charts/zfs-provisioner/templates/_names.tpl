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
{{- if .Values.image.digest }}{{ $name = printf "%s@%s" .Values.image.repository .Values.image.digest }}{{ end }}
{{- if .Values.image.registry }}{{ .Values.image.registry }}/{{ end }}{{ $name }}
{{- end }}

{{- define "zfs-provisioner.hostsFolder" -}}
/etc/zfs-provisioner/hosts
{{- end }}

{{- /* "true" or "false". */ -}}
{{- define "zfs-provisioner.leaderElection" -}}
{{- ne (toString .Values.env.ZFS_LEADER_ELECTION) "false" }}
{{- end }}

{{- /* As the product names it. */ -}}
{{- define "zfs-provisioner.leaseName" -}}
{{- default (replace "/" "-" .Values.provisioner.instance) .Values.env.ZFS_LEASE_NAME }}
{{- end }}

{{- /* Where the pods are; a constraint without selector would mean none of them. */ -}}
{{- define "zfs-provisioner.spread" -}}
{{- $mine := dict "labelSelector" (dict "matchLabels" (include "zfs-provisioner.selectorLabels" . | fromYaml)) }}
{{- $default := dict "maxSkew" 1 "topologyKey" "kubernetes.io/hostname" "whenUnsatisfiable" "ScheduleAnyway" }}
{{- $all := list }}
{{- range default (list $default) .Values.topologySpreadConstraints }}
{{- $all = append $all (merge (dict) . $mine) }}
{{- end }}
{{- toYaml $all }}
{{- end }}

{{- /* A text, number or flag as text: 1000000 is not 1e+06. */ -}}
{{- define "zfs-provisioner.text" -}}
{{- if and (kindIs "float64" .) (eq (float64 (int64 .)) .) }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- end }}
