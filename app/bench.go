package app

import "context"

func bench(ctx context.Context, args []string) error { return nil }
