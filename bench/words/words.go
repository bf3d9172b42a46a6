// Package words is what the processes of a measurement tell each other: words
// of the form key=value, as arguments or as a line of output, which a program in
// any language can read and write.
package words

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Field ties a key to a variable. Value points to a string, boolean or integer.
type Field struct {
	Key   string
	Value any
}

// Format returns the words for all fields whose value is not zero.
func Format(fields []Field) []string {
	var out []string
	for _, f := range fields {
		if text := format(f.Value); text != "" {
			out = append(out, f.Key+"="+text)
		}
	}
	return out
}

// format returns an empty text for zero.
func format(value any) string {
	v := reflect.ValueOf(value).Elem()
	if v.IsZero() {
		return ""
	}
	return fmt.Sprint(v.Interface())
}

// Parse sets the fields that the words name. A word that names none is an error.
func Parse(fields []Field, in []string) error {
	for _, word := range in {
		if err := parse(fields, word); err != nil {
			return fmt.Errorf("words: %q: %w", word, err)
		}
	}
	return nil
}

func parse(fields []Field, word string) error {
	key, text, ok := strings.Cut(word, "=")
	if !ok {
		return errors.New("has no =")
	}
	for _, f := range fields {
		if f.Key == key {
			return set(f.Value, text)
		}
	}
	return errors.New("is not known")
}

func set(value any, text string) (err error) {
	switch v := value.(type) {
	case *string:
		*v = text
	case *bool:
		*v, err = strconv.ParseBool(text)
	case *int:
		*v, err = strconv.Atoi(text)
	case *int64:
		*v, err = strconv.ParseInt(text, 10, 64)
	case *uint64:
		*v, err = strconv.ParseUint(text, 10, 64)
	}
	return err
}
