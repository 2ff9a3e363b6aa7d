// Package script is an example of the page of a line: a page and a script that read their call, make
// its ticket and add notes by REST, as docs/admin-guide.md describes it.
package script

import (
	"embed"
	"net/http"
)

//go:embed script.html script.js
var files embed.FS

// Page serves the page.
func Page(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "script.html") }

// Script serves its script.
func Script(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "script.js") }
