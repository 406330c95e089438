#!/bin/sh
# A command: runs the script that lies beside it.
. "$0.sh"
