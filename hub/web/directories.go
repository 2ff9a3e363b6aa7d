package web

import (
	"net/http"
	"time"
)

// Directories are the customer directories.
type Directories interface {
	DirectoryStatuses() []DirectoryStatus
	// ReadDirectory starts reading a directory; false: no directory has that name.
	ReadDirectory(name string) bool
}

// DirectoryStatus is the state of a directory.
type DirectoryStatus struct {
	Name      string
	Customers int
	Numbers   int
	Read      time.Time // of the customers in use; zero: never
	Age       time.Duration
	Error     string   // of the last read; the customers in use are older then
	Problems  []string // of the last read
	More      int      // number of problems not in Problems
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
		s.message(w, r, http.StatusNotFound, "No such directory", "hub.yml has no directory with this name.")
		return
	}
	http.Redirect(w, r, "/directories", http.StatusSeeOther)
}
