//go:build !race

package screen_test

const racing = false
