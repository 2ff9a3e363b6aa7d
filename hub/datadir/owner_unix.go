//go:build unix

package datadir

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// OwnerUnlessSelf is the user who owns a folder, if this process runs as root and the owner is
// another user.
func OwnerUnlessSelf(folder string) string {
	info, err := os.Stat(folder)
	if err != nil || os.Geteuid() != 0 {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid == 0 {
		return ""
	}
	id := strconv.FormatUint(uint64(stat.Uid), 10)
	if owner, err := user.LookupId(id); err == nil {
		return owner.Username
	}
	return "#" + id
}
