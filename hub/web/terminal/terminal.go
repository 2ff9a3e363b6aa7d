// Package terminal is an example of a terminal in the browser: a page and a script that speak ACP 1
// as docs/protocol.md describes it.
package terminal

import (
	"embed"
	"net/http"
)

//go:embed terminal.html terminal.js
var files embed.FS

// Page serves the page.
func Page(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "terminal.html") }

// Script serves its script.
func Script(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "terminal.js") }
