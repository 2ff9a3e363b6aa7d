package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"traybell/hub/certificate"
	"traybell/hub/config"
)

// others are the permissions of users who are neither a file's owner nor in its group.
const others fs.FileMode = 0o007

// privateFiles are the hub's own files in data_dir that have a key or personal data. Backups are
// often restored with other permissions.
var privateFiles = []string{certificate.File, Database + "*", Journal + "*", "directory-*.copy", "owner"}

// sharedFiles are read by other programs: whether all users may read them, the administrator
// decides.
var sharedFiles = []string{"pim_cdr_*.log", "traybell-hub_*.log"}

// openFiles returns the files of a folder that users other than the owner and the group may use.
// Windows has other permissions: files there inherit those of the folder.
func openFiles(folder string, patterns ...string) (open []string) {
	for _, pattern := range patterns {
		files, _ := filepath.Glob(filepath.Join(folder, pattern)) // the only error is a bad pattern
		for _, file := range files {
			if usedByOthers(file, others) {
				open = append(open, file)
			}
		}
	}
	return open
}

func usedByOthers(file string, how fs.FileMode) bool {
	info, err := os.Stat(file)
	return runtime.GOOS != "windows" && err == nil && info.Mode().Perm()&how != 0
}

// checkFolder returns an error for a folder in which other users can replace the database.
func checkFolder(cfg *config.Config) error {
	if !usedByOthers(cfg.DataDir, 0o002) {
		return nil
	}
	return cfg.Problem("data_dir", fmt.Sprintf("all users of this computer can write to %s and replace the hub's "+
		"files; run: chmod o-w %[1]s", cfg.DataDir))
}

// CheckKey returns an error for a key file of `tls` that other users can read, as sshd and
// PostgreSQL do. The hub does not change the administrator's files.
func CheckKey(cfg *config.Config) error {
	if cfg.TLS.Mode != config.TLSFiles || !usedByOthers(cfg.TLS.Key, others) {
		return nil
	}
	return cfg.Problem("tls.key", fmt.Sprintf("all users of this computer can read the private key %s; make it "+
		"readable only by the hub's user: chmod 640 %[1]s, chgrp to the hub's group. If others may have read it, "+
		"request a new certificate", cfg.TLS.Key))
}

// CloseFiles takes the permissions of others from the hub's own files, and logs it.
func CloseFiles(cfg *config.Config, log *slog.Logger) error {
	if err := checkFolder(cfg); err != nil {
		return err
	}
	for _, file := range openFiles(cfg.DataDir, privateFiles...) {
		info, err := os.Stat(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var was, now fs.FileMode
		if err == nil {
			was = info.Mode().Perm()
			now = was &^ others
			err = os.Chmod(file, now)
		}
		if err != nil {
			return cfg.Problem("data_dir", fmt.Sprintf("all users of this computer can read %s, and the hub cannot "+
				"change that: %v; make the hub's user its owner and run: chmod 600 %[1]s", file, err))
		}
		log.Warn("all users of this computer could read a file of the hub: permissions changed; if it has the key of "+
			"hub.pem and others may have read it, remove hub.pem, and desktops trust a new certificate",
			"file", file, "was", fmt.Sprintf("%04o", was), "now", fmt.Sprintf("%04o", now))
	}
	if open := openFiles(cfg.DataDir, sharedFiles...); len(open) > 0 {
		log.Warn(sharedWarning(open))
	}
	return nil
}

func sharedWarning(open []string) string {
	return fmt.Sprintf("all users of this computer can read %d files with telephone numbers, such as %s; if they need "+
		"not, run: chmod o= and the files", len(open), open[0])
}

// CheckFiles returns what CloseFiles would refuse, and what it would change or warn of.
func CheckFiles(cfg *config.Config) (doubts []string, err error) {
	for _, file := range openFiles(cfg.DataDir, privateFiles...) {
		doubts = append(doubts,
			fmt.Sprintf("all users of this computer can read %s; the hub changes that when it starts", file))
	}
	if open := openFiles(cfg.DataDir, sharedFiles...); len(open) > 0 {
		doubts = append(doubts, sharedWarning(open))
	}
	return doubts, checkFolder(cfg)
}
