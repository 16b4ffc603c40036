//go:build tools

// Package tools names the programs that the bench builds, so that go.sum holds all they need.
package tools

import (
	_ "sigs.k8s.io/kind"
)
