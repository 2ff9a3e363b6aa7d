//go:build unix

package hubfile

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// sameOwner copies the owner of another file, so that the hub can still read it.
func sameOwner(f *os.File, like fs.FileInfo) error {
	owner, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := f.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
		return fmt.Errorf("set the owner (run this as root): %w", err)
	}
	return nil
}
