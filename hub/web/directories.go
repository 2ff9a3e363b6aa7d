package web

import (
	"net/http"
	"time"
)

// Directories are where customers are found.
type Directories interface {
	DirectoryStatuses() []DirectoryStatus
	// ReadDirectory lets one be read now, beside the request; false: none has that name.
	ReadDirectory(name string) bool
}

// DirectoryStatus is how one directory stands.
type DirectoryStatus struct {
	Name      string
	Customers int
	Numbers   int
	Read      time.Time // when these customers were read; zero: never
	Age       time.Duration
	Error     string   // why the last reading failed; the customers are then from before
	Problems  []string // what of the last reading could not be used
	More      int      // problems beside those
}

// directoriesPage is what directories.html shows.
type directoriesPage struct {
	Title       string
	Search      string
	Directories []DirectoryStatus
}

func (s *Server) directories(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "directories.html", directoriesPage{
		Title: "Directories", Directories: s.o.Directories.DirectoryStatuses(),
	})
}

func (s *Server) readDirectory(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	name := r.PostFormValue("name")
	if !s.o.Directories.ReadDirectory(name) {
		s.message(w, r, http.StatusNotFound, "No such directory", "hub.yml names no directory like that.")
		return
	}
	http.Redirect(w, r, "/directories", http.StatusSeeOther)
}
