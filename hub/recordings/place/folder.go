package place

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// mostFound bounds the files that match a pattern.
const mostFound = 50

// Folder is a folder of this computer, such as a mounted one. What a path or a symbolic link names
// outside of it is not opened.
type Folder struct {
	Path   string
	Delete bool // hub.yml permits deletion
}

// in opens the folder: a mount may come and go.
func (f Folder) in(do func(*os.Root) error) error {
	root, err := os.OpenRoot(f.Path)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return do(root)
}

// Find implements Place.
func (f Folder) Find(ctx context.Context, pattern string) (found []string, err error) {
	err = f.in(func(root *os.Root) error {
		all, err := fs.Glob(bounded{ctx, root.FS()}, pattern)
		for _, name := range all {
			switch {
			case checked(name) != nil:
			case len(found) == mostFound:
				return errors.Join(err, ctx.Err(), &TooManyError{Pattern: pattern})
			default:
				found = append(found, name)
			}
		}
		return errors.Join(err, ctx.Err())
	})
	return found, err
}

// bounded is a file system that ends with a context. It does not open what it is asked about: a pipe
// would wait for a writer.
type bounded struct {
	ctx context.Context //nolint:containedctx // of one call
	fs.FS
}

// Stat implements fs.StatFS.
func (b bounded) Stat(name string) (fs.FileInfo, error) {
	if err := b.ctx.Err(); err != nil {
		return nil, err
	}
	return fs.Stat(b.FS, name)
}

// ReadDir implements fs.ReadDirFS.
func (b bounded) ReadDir(name string) ([]fs.DirEntry, error) {
	if info, err := b.Stat(name); err != nil || !info.IsDir() {
		return nil, err
	}
	return fs.ReadDir(b.FS, name)
}

// Stat implements Place.
func (f Folder) Stat(_ context.Context, name string) (info Info, err error) {
	if err := checked(name); err != nil {
		return info, err
	}
	err = f.in(func(root *os.Root) error {
		found, err := root.Stat(name)
		if err == nil {
			info, err = described(name, found)
		}
		return err
	})
	return info, err
}

func described(name string, of fs.FileInfo) (Info, error) {
	if !of.Mode().IsRegular() {
		return Info{}, &fs.PathError{Op: "open", Path: name, Err: errors.New("it is not a regular file")}
	}
	return Info{Size: of.Size(), Modified: of.ModTime()}, nil
}

// Open implements Place.
func (f Folder) Open(_ context.Context, name string) (File, error) {
	if err := checked(name); err != nil {
		return nil, err
	}
	var opened *os.File
	err := f.in(func(root *os.Root) (err error) {
		opened, err = root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would wait for a writer
		return err
	})
	if err != nil {
		return nil, err
	}
	found, err := opened.Stat()
	if err == nil {
		var info Info
		if info, err = described(name, found); err == nil {
			return file{opened, info}, nil
		}
	}
	return nil, errors.Join(err, opened.Close())
}

type file struct {
	*os.File
	info Info
}

func (f file) Info() Info { return f.info }

// Remove implements Place.
func (f Folder) Remove(_ context.Context, name string) error {
	if !f.Delete {
		return fmt.Errorf("%w: hub.yml does not have `delete: true` for %s", ErrReadOnly, f.Path)
	}
	if err := checked(name); err != nil {
		return err
	}
	err := f.in(func(root *os.Root) error {
		found, err := root.Lstat(name)
		if err != nil {
			return err
		}
		if found.Mode()&fs.ModeSymlink != 0 {
			return ErrLink
		}
		if _, err := described(name, found); err != nil {
			return err
		}
		return root.Remove(name)
	})
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return err
}

// Check implements Place.
func (f Folder) Check(context.Context) error {
	return f.in(func(root *os.Root) error {
		d, err := root.Open(".")
		if err != nil {
			return err
		}
		defer func() { _ = d.Close() }()
		_, err = d.ReadDir(1)
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%w; let the hub's user read it", err)
		}
		return nil
	})
}

// Older implements Place.
func (f Folder) Older(ctx context.Context, before time.Time, each func(name string)) error {
	return f.in(func(root *os.Root) error {
		return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil || !d.Type().IsRegular() || checked(name) != nil:
				return nil //nolint:nilerr // what cannot be read is not deleted
			}
			if info, err := d.Info(); err == nil && info.ModTime().Before(before) {
				each(name)
			}
			return nil
		})
	})
}

// String implements Place.
func (f Folder) String() string { return f.Path }
