{{- /* What is wrong with the values that their schema cannot see: every problem at once. */ -}}
{{- define "zfs-provisioner.checkValues" -}}
{{- $problems := concat
  (include "zfs-provisioner.releaseProblems" . | fromYamlArray)
  (include "zfs-provisioner.settingProblems" . | fromYamlArray)
  (include "zfs-provisioner.consoleProblems" . | fromYamlArray)
  (include "zfs-provisioner.classProblems" . | fromYamlArray) }}
{{- if $problems }}
{{- fail (printf "these values cannot be installed:\n- %s\n" (join "\n- " $problems)) }}
{{- end }}
{{- end }}

{{- define "zfs-provisioner.releaseProblems" -}}
{{- with .Values.image }}
{{- if hasSuffix "ccremer/zfs-provisioner" .repository }}
- {{ printf "image.repository %s is the classic provisioner's image: remove image.registry, image.repository and image.tag" .repository | quote }}
{{- else if and (eq .repository "zfs-provisioner") (has .registry (list "" "ghcr.io")) (regexMatch "^v[01](\\.[0-9]+)*$" .tag) }}
- {{ printf "image.tag %s is a release of the classic provisioner: remove image.tag" .tag | quote }}
{{- end }}
{{- end }}
{{- if and (gt (int .Values.replicaCount) 1) (eq (include "zfs-provisioner.leaderElection" .) "false") }}
- {{ printf "replicaCount %v with env.ZFS_LEADER_ELECTION false: all of them would work at once; set replicaCount: 1, or remove env.ZFS_LEADER_ELECTION" .Values.replicaCount | quote }}
{{- end }}
{{- with .Values.metrics }}
{{- if and .serviceMonitor.enabled .podMonitor.enabled }}
- "metrics.serviceMonitor.enabled and metrics.podMonitor.enabled: everything would be scraped twice; set one of them to false"
{{- end }}
{{- if and .serviceMonitor.enabled (not .service.enabled) }}
- "metrics.serviceMonitor.enabled needs a Service: set metrics.service.enabled: true, or use metrics.podMonitor"
{{- end }}
{{- end }}
{{- $old := lookup "apps/v1" "Deployment" .Release.Namespace (include "zfs-provisioner.fullname" .) }}
{{- if $old }}
{{- if hasPrefix "kubernetes-zfs-provisioner-" (toString (dig "metadata" "labels" "helm.sh/chart" "" $old)) }}
- {{ printf "Deployment %s is the classic provisioner's: run helm uninstall %s --namespace %s first (volumes and data stay; docs/migration-from-classic.md)" $old.metadata.name .Release.Name .Release.Namespace | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "zfs-provisioner.settingProblems" -}}
{{- $own := include "zfs-provisioner.ownSettings" . | fromYaml }}
{{- $secret := include "zfs-provisioner.secretSettings" . | fromYaml }}
{{- $instead := include "zfs-provisioner.valueOfSetting" . | fromYaml }}
{{- range $name, $value := .Values.env }}
{{- if hasKey $secret $name }}
- {{ printf "env.%s: %s says it already; remove one" $name (get $secret $name).value | quote }}
{{- else if and (hasKey $own $name) (ne (include "zfs-provisioner.text" $value) (get $own $name)) }}
- {{ printf "env.%s is %v: set %s instead" $name $value (get $instead $name) | quote }}
{{- end }}
{{- end }}
{{- $all := merge (dict "POD_NAMESPACE" "") $own $secret .Values.env }}
{{- range $index, $variable := .Values.extraEnv }}
{{- if hasKey $all $variable.name }}
- {{ printf "extraEnv[%d].name %s: it has a value already; remove it here or there" $index $variable.name | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "zfs-provisioner.consoleProblems" -}}
{{- $port := int .Values.metrics.port }}
{{- with .Values.console }}
{{- if .enabled }}
{{- if and (eq .auth "token") (not .existingSecret.name) }}
- "console.enabled: name the Secret that has the token in console.existingSecret.name, or set console.auth: none"
{{- end }}
{{- if or (eq (int .port) $port) (eq (int .port) (add1 $port | int)) }}
- {{ printf "console.port %v: metrics.port %d and the port after it are taken; set another" .port $port | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "zfs-provisioner.classProblems" -}}
{{- $names := dict }}
{{- range $index, $class := .Values.storageClass.classes }}
{{- $where := printf "storageClass.classes[%d] (%s):" $index $class.name }}
{{- $parameters := default dict $class.parameters }}
{{- $type := lower (default "nfs" $class.type) }}
{{- if hasKey $names $class.name }}
- {{ printf "%s another class has that name" $where | quote }}
{{- end }}
{{- $_ := set $names $class.name true }}
{{- if not (or $class.hostName $parameters.hosts $parameters.hostSelector) }}
- {{ printf "%s hostName is required, unless parameters.hosts or parameters.hostSelector names hosts" $where | quote }}
{{- end }}
{{- if not (or $class.parentDataset $.Values.hosts) }}
- {{ printf "%s parentDataset is required, unless hosts[].parents say it" $where | quote }}
{{- end }}
{{- if or (eq $type "hostpath") (eq $type "local") }}
{{- if $class.mountOptions }}
- {{ printf "%s mountOptions are of NFS: remove them from a class of type %s" $where $type | quote }}
{{- end }}
{{- else }}
{{- $isForEveryone := has (default "on" $class.shareProperties) (list "on" "rw" "ro" "rw=*" "ro=*") }}
{{- $isSaid := or $parameters.shareClients (eq (toString $parameters.share) "inherit") (eq (toString $.Values.env.ZFS_EXPORT_TO_EVERYONE) "true") }}
{{- if and $isForEveryone (not $isSaid) }}
- {{ printf "%s shareProperties %q exports volumes to everyone who reaches the host: say to whom in parameters.shareClients (such as \"@nodes\") or in shareProperties, or set env.ZFS_EXPORT_TO_EVERYONE: \"true\"" $where (default "" $class.shareProperties) | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
