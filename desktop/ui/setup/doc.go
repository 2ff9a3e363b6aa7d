// Package setup is the settings window's form, with the windows around it: the path of an exported
// file and the confirmation of proposed changes. It belongs to Fyne's goroutine.
package setup
