//go:build race

package agents

const racing = true // stacks are larger
