//go:build !linux || !(amd64 || arm64)

package main

import "errors"

// exchange is what this system cannot do.
func exchange(_, _ string) error { return errors.ErrUnsupported }

// lockFolder does nothing here: of two runs at once one may fail, and is to be
// run again.
func lockFolder(string) (unlock func()) { return func() {} }
