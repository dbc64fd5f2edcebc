/** Icons that metadata may name, imported one by one. An unknown name gets the plain one. */
import {
  Archive, Award, BadgeCheck, Banknote, Bell, BookOpen, Boxes, Briefcase, Building2, Calendar, CalendarCheck, Camera,
  ChartColumn, ChartPie, CircleDollarSign, CircleHelp, ClipboardList, Coins, CreditCard, Database, FileText, Flag, Folder,
  Gauge, Gift, Globe, GraduationCap, Hash, Heart, House, Inbox, Key, Layers, LayoutDashboard, Link2, ListChecks, type LucideIcon,
  Mail, Map as MapIcon, MapPin, Megaphone, MessageSquare, Monitor, Package, Phone, Receipt, Repeat, Rows3, Scan, Settings,
  Shapes, Shield, ShoppingBag, Sparkles, Star, Store, Tag, Ticket, Timer, Truck, Undo2, User, Users, Wallet, Workflow, Wrench,
} from "lucide-react";

const ICONS: Record<string, LucideIcon> = {
  archive: Archive, award: Award, "badge-check": BadgeCheck, banknote: Banknote, bell: Bell, "book-open": BookOpen,
  boxes: Boxes, briefcase: Briefcase, building: Building2, "building-2": Building2, calendar: Calendar,
  "calendar-check": CalendarCheck, camera: Camera, "chart-column": ChartColumn, "chart-pie": ChartPie,
  "circle-dollar-sign": CircleDollarSign, "clipboard-list": ClipboardList, coins: Coins, "credit-card": CreditCard,
  database: Database, "file-text": FileText, flag: Flag, folder: Folder, gauge: Gauge, gift: Gift, globe: Globe,
  "graduation-cap": GraduationCap, hash: Hash, heart: Heart, help: CircleHelp, home: House, house: House, inbox: Inbox,
  key: Key, layers: Layers, dashboard: LayoutDashboard, "layout-dashboard": LayoutDashboard, link: Link2,
  "list-checks": ListChecks, mail: Mail, map: MapIcon, "map-pin": MapPin, megaphone: Megaphone,
  "message-square": MessageSquare, monitor: Monitor, package: Package, phone: Phone, receipt: Receipt, repeat: Repeat,
  rows: Rows3, scan: Scan, settings: Settings, shapes: Shapes, shield: Shield, "shopping-bag": ShoppingBag,
  sparkles: Sparkles, star: Star, store: Store, tag: Tag, ticket: Ticket, timer: Timer, truck: Truck, undo: Undo2,
  "undo-2": Undo2, user: User, users: Users, wallet: Wallet, workflow: Workflow, wrench: Wrench,
};

const BY_KIND: Record<string, LucideIcon> = {
  view: Rows3, entity: Database, form: ClipboardList, dashboard: LayoutDashboard, url: Link2, "": Folder,
};

/** The icon of that name, else the one for what it stands at. */
export function iconOf(name: string, kind = "entity"): LucideIcon {
  return ICONS[name] ?? BY_KIND[kind] ?? Rows3;
}

/** The names that an icon picker offers. */
export const ICON_NAMES: readonly string[] = Object.keys(ICONS);
