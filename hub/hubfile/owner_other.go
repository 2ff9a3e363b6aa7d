//go:build !unix

package hubfile

import (
	"io/fs"
	"os"
)

// sameOwner does nothing: new files inherit the permissions of their folder.
func sameOwner(*os.File, fs.FileInfo) error { return nil }
