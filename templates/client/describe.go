package client

import "fmt"

// redacted stands in for a secret.
const redacted = "(secret)"

// describe prints a method's name and fields; fields is the method's struct
// under a type without methods.
func describe(name string, fields any) string {
	return fmt.Sprintf("%s%+v", name, fields)
}

// key returns the numbers in one, for switches.
func (id MethodID) key() methodKey {
	return methodKey(id.Class)<<16 | methodKey(id.Method)
}
