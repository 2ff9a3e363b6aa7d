// Package control holds the controls that windows share: fields with a line for hints and errors,
// choices, small and bold texts, the lock of a setting. They belong to Fyne's goroutine.
package control
