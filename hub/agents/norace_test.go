//go:build !race

package agents

const racing = false
